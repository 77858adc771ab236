// Guesses the reader's time zone, and keeps the language that they chose for the next visit. Without
// this script the newsroom's own zone stands chosen, and a language holds while links are followed.
(() => {
  const select = document.querySelector("select#zone[data-guess]");
  // Browsers still give some places their former names.
  const renamed = {
    "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon", "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires", "Europe/Kiev": "Europe/Kyiv",
    "Etc/UTC": "UTC",
  };
  const given = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = renamed[given] ?? given;
  for (const form of document.querySelectorAll("form[data-zone]")) {
    const guess = document.createElement("input");
    Object.assign(guess, { type: "hidden", name: "zone_guess", value: zone ?? "" });
    form.append(guess);
  }
  if (!select || !zone) return;
  if (![...select.options].some((option) => option.value === zone)) {
    const place = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
    select.add(new Option(place, zone), 0);
  }
  select.value = zone;
})();
(() => {
  const kept = "digest-language", here = document.documentElement.lang;
  const switched = document.querySelectorAll("[data-tongue]");
  const store = (tag) => { try { localStorage.setItem(kept, tag); } catch { /* a browser that keeps nothing */ } };
  const stored = () => { try { return localStorage.getItem(kept); } catch { return null; } };
  for (const link of switched) link.addEventListener("click", () => store(link.dataset.tongue));
  if (new URLSearchParams(location.search).has("lang")) return;
  const wanted = stored();
  const there = wanted && wanted !== here && [...switched].find((link) => link.dataset.tongue === wanted);
  if (there) location.replace(there.href);
})();
