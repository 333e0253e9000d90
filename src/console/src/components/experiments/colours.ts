const colours = {
  light: ['#3b5bdb', '#b3261e', '#1a7f37', '#8a5a00', '#7b3fb3', '#0b7285', '#c2255c', '#495057'],
  dark: ['#91a7ff', '#ff8f87', '#57c06f', '#e5b567', '#c79bf2', '#4dc4d6', '#f783ac', '#ced4da'],
}

/** The colour of the i-th curve. */
export const colourAt = (scheme: 'light' | 'dark', i: number): string => colours[scheme][i % colours[scheme].length]!
