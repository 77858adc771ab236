// Guesses the reader's time zone; without this script the newsroom's own stands chosen.
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
  if (!select || !zone) return;
  if (![...select.options].some((option) => option.value === zone)) {
    const place = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
    select.add(new Option(place, zone), 0);
  }
  select.value = zone;
})();
