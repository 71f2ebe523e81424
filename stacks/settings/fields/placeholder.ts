/** Whether a value only says that another one belongs there, as in an example's file. */
export function isPlaceholder(value: string): boolean {
  const words = /(?<![a-z])(replace[-_ ]?with|(replace|change)[-_ ]?me)(?![a-z])/i;
  // A named group of a regular expression is no placeholder.
  return words.test(value) || /(?<!\(\?P?)<[^<>]+>/.test(value);
}
