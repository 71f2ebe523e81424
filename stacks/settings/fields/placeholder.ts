/** Whether a value only says that another one belongs there, as in an example's file. */
export function isPlaceholder(value: string): boolean {
  // A path such as /change-me means what it says.
  const words = /(^|[^a-z/]|\/\/)(replace[-_ ]?with|(replace|change)[-_ ]?me)(?![a-z])/i;
  // A named group of a regular expression is no placeholder, and a range of versions is none.
  return words.test(value) || /(?<!\(\?P?)<[a-z][\w .-]*>/i.test(value);
}
