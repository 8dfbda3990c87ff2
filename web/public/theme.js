// Before anything is drawn, so that a dark screen does not flash white.
try {
  const theme = localStorage.getItem("dealwright.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is used.
}
