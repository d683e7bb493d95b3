// The chosen colour scheme, before the first paint; the page itself loads later.
try {
  const { theme } = JSON.parse(localStorage.getItem('cria.settings') ?? '{}').state ?? {}
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // No storage, or something else in it: the system's scheme.
}
