"""What Redis runs for the pacer, each in one go. Times are the server's own."""

# The rule is that of bucket.draw; a test compares the two over random histories. A rate is four
# numbers: amount, seconds, burst, slots. Its hash holds "tokens", "at", "rank", "until", and what
# each slot of the window let go under the slot's number.
_STATE = """
local function clock(given)
  if tonumber(given) then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local function load(key, amount, seconds, burst, slots, now)
  local found = redis.call('HGETALL', key)
  local s = {key = key, amount = amount, seconds = seconds, burst = burst, count = slots,
             pace = amount / seconds, tokens = burst, at = now, rank = 9, till = 0,
             slots = {}, used = 0, oldest = nil, present = math.floor(now / (seconds / slots))}
  for i = 1, #found, 2 do
    local name, value = found[i], tonumber(found[i + 1])
    local slot = tonumber(name)
    if slot then
      if slot >= s.present - slots then
        local at = math.min(slot, s.present)
        s.slots[at] = (s.slots[at] or 0) + value
        s.used = s.used + value
        s.oldest = math.min(s.oldest or at, at)
      end
      if slot < s.present - slots or slot > s.present then
        redis.call('HDEL', key, name)
        if slot > s.present then
          redis.call('HINCRBY', key, string.format('%.0f', s.present), value)
        end
      end
    elseif name == 'tokens' then s.tokens = value
    elseif name == 'at' then s.at = value
    elseif name == 'rank' then s.rank = value
    elseif name == 'until' then s.till = value
    end
  end
  s.tokens = math.min(s.tokens + math.max(now - s.at, 0) * s.pace, burst)
  s.at = now
  return s
end
local function save(s)
  redis.call('HSET', s.key, 'tokens', string.format('%.9f', s.tokens),
    'at', string.format('%.6f', s.at), 'rank', s.rank, 'until', string.format('%.6f', s.till))
  redis.call('EXPIRE', s.key, math.ceil(2 * s.seconds) + 3600)
end
"""

# KEYS: a hash per rate, then the queue of later rows, then the day's counter of the warm-up.
# ARGV: wanted, rank, whether the rest queues up, the day's allowance or '', how far ahead at most,
# the time or '' for the server's own, and four numbers per rate.
# Returns what was granted, when to ask again, and over how long the rest is to be spread.
DRAW = (
    _STATE
    + """
local wanted, rank, queues = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local ahead, count, now = tonumber(ARGV[5]), #KEYS - 2, clock(ARGV[6])
local shares = {0.0, 0.1, 0.25}
local share = shares[rank + 1]
local free, slowest, states = wanted, nil, {}
for i = 1, count do
  local a = 6 + 4 * (i - 1)
  local s = load(KEYS[i], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]),
                 tonumber(ARGV[a + 4]), now)
  s.reserve = math.min(share * s.burst, s.burst - 1.0)
  s.kept = s.seconds < 60 and 0 or math.min(math.floor(share * s.amount), s.amount - 1)
  s.yields = s.rank < rank and now < s.till and s.till - now <= 2.0
  free = math.min(free, s.yields and 0
    or math.min(s.tokens - s.reserve, s.amount - s.kept - s.used))
  slowest = math.min(slowest or s.pace, s.pace)
  states[i] = s
end
local allowance = tonumber(ARGV[4])
local spent = false
if allowance and rank == 2 then
  local left = allowance - tonumber(redis.call('GET', KEYS[count + 2]) or 0)
  spent = left < wanted
  free = math.min(free, left)
end
local granted = math.max(0, math.min(wanted, math.floor(free)))
local short, wait = wanted - granted, 0
for i = 1, count do
  local s = states[i]
  s.tokens = s.tokens - granted
  if short > 0 and rank < 2 and not s.yields then
    s.rank, s.till = rank, now + 2.0
  end
  if granted > 0 then
    redis.call('HINCRBY', s.key, string.format('%.0f', s.present), granted)
    s.used, s.oldest = s.used + granted, s.oldest or s.present
  end
  save(s)
  if short > 0 then
    if s.yields then
      wait = math.max(wait, s.till - now)
    else
      local useful = math.min(short, math.max(s.pace * 0.25, 1.0))
      local missing = math.min(useful + s.reserve, s.burst) - s.tokens
      wait = math.max(wait, missing / s.pace)
      if s.oldest and s.used >= s.amount - s.kept then
        wait = math.max(wait, (s.oldest + s.count + 1) * (s.seconds / s.count) - now)
      end
    end
  end
end
if allowance and granted > 0 then
  redis.call('INCRBY', KEYS[count + 2], granted)
  redis.call('EXPIRE', KEYS[count + 2], 172800)
end
if spent and granted == 0 then
  wait = math.max(wait, math.min(86400 - now % 86400, 3600))
end
local span = 0
if queues and short > 0 then
  local last = tonumber(redis.call('GET', KEYS[count + 1]) or 0)
  local starts = math.max(now + wait, math.min(last, now + ahead))
  span = math.min(short / slowest, ahead)
  redis.call('SET', KEYS[count + 1], string.format('%.6f', starts + span), 'EX', 3600)
  wait = starts - now
end
return {granted, string.format('%.6f', wait), string.format('%.6f', span)}
"""
)

# The rule is that of bucket.give_back. KEYS: a hash per rate, then the day's counter or 'none'.
# ARGV: how many, the time or '', and four numbers per rate.
GIVE_BACK = (
    _STATE
    + """
local unused, now, count = tonumber(ARGV[1]), clock(ARGV[2]), #KEYS - 1
for i = 1, count do
  local a = 2 + 4 * (i - 1)
  local s = load(KEYS[i], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]),
                 tonumber(ARGV[a + 4]), now)
  local order, left = {}, unused
  for slot in pairs(s.slots) do order[#order + 1] = slot end
  table.sort(order)
  for _, slot in ipairs(order) do
    local taken = math.min(s.slots[slot], left)
    left = left - taken
    local name = string.format('%.0f', slot)
    if taken == s.slots[slot] then redis.call('HDEL', s.key, name)
    elseif taken > 0 then redis.call('HINCRBY', s.key, name, -taken) end
  end
  s.tokens = math.min(s.tokens + unused - left, s.burst)
  save(s)
end
if KEYS[count + 1] ~= 'none' and redis.call('EXISTS', KEYS[count + 1]) == 1 then
  redis.call('DECRBY', KEYS[count + 1], unused)
end
return 0
"""
)

# KEYS: a hash of runs and what each holds. ARGV: run, wanted, limit, lease in seconds.
PLACES = """
local run, wanted, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local held = redis.call('HGETALL', KEYS[1])
local taken = 0
for i = 1, #held, 2 do
  local number, until_ = string.match(held[i + 1], '^(%d+) ([%d.]+)$')
  if held[i] ~= run then
    if tonumber(until_) < now then
      redis.call('HDEL', KEYS[1], held[i])
    else
      taken = taken + tonumber(number)
    end
  end
end
local granted = math.max(0, math.min(wanted, limit - taken))
if granted > 0 then
  redis.call('HSET', KEYS[1], run, granted .. ' ' .. string.format('%.6f', now + tonumber(ARGV[4])))
  redis.call('EXPIRE', KEYS[1], 3600)
else
  redis.call('HDEL', KEYS[1], run)
end
return granted
"""
