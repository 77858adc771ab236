// Guesses the reader's time zone; without this script the newsroom's own stands chosen.
(() => {
  const select = document.querySelector("select#zone[data-guess]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!select || !zone) return;
  if (![...select.options].some((option) => option.value === zone)) {
    const place = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
    select.add(new Option(place, zone), 0);
  }
  select.value = zone;
})();
