"""What Redis runs for the pacer, each in one go. Times are the server's own."""

# The rule is that of bucket.draw; a test compares the two over random histories.
#
# KEYS: a bucket per rate, then the queue of later rows, then the day's counter of the warm-up.
# ARGV: wanted, rank, whether the rest queues up, the day's allowance or '', how far ahead at most,
# the time or '' for the server's own, and a rate per bucket.
# Returns what was granted, when to ask again, and over how long the rest is to be spread.
DRAW = """
local wanted, rank, queues = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local ahead, count = tonumber(ARGV[5]), #KEYS - 2
local now = tonumber(ARGV[6])
if not now then
  local clock = redis.call('TIME')
  now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
end
local reserves = {0.0, 0.1, 0.25}
local free, slowest, state = wanted, nil, {}
for i = 1, count do
  local rate = tonumber(ARGV[6 + i])
  local full = math.max(rate, 1.0)
  local held = redis.call('HMGET', KEYS[i], 'tokens', 'at', 'rank', 'until')
  local tokens, at = tonumber(held[1]) or full, tonumber(held[2]) or now
  local first, until_ = tonumber(held[3]) or 9, tonumber(held[4]) or 0
  tokens = math.min(tokens + math.max(now - at, 0) * rate, full)
  local reserve = math.min(reserves[rank + 1] * full, full - 1.0)
  local yields = first < rank and now < until_ and until_ - now <= 2.0
  free = math.min(free, yields and 0 or tokens - reserve)
  slowest = math.min(slowest or rate, rate)
  state[i] = {rate, tokens, now, first, until_, reserve, yields}
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
  local rate, tokens, at, first, until_, reserve, yields = unpack(state[i])
  tokens = tokens - granted
  if short > 0 and rank < 2 and not yields then
    first, until_ = rank, now + 2.0
  end
  redis.call('HSET', KEYS[i], 'tokens', string.format('%.9f', tokens),
    'at', string.format('%.6f', at), 'rank', first, 'until', string.format('%.6f', until_))
  redis.call('EXPIRE', KEYS[i], 3600)
  if short > 0 then
    if yields then
      wait = math.max(wait, until_ - now)
    else
      local useful = math.min(short, math.max(rate * 0.25, 1.0))
      wait = math.max(wait, (useful + reserve - tokens) / rate)
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
