/** Whether what is typed may be sent, in a path that others write down, to be completed. */

const SHORTEST = 2;
const LONGEST = 55; // a whole address needs no completing
/** A secret seed that somebody types: no more than its first letters ever leave. Domains may have longer words, in small letters. */
const MAY_BE_SEED = /(?<![A-Za-z0-9])(?:S[A-Z2-7]{11,}|[Ss][A-Za-z2-7]{20,})/;

export function isWorthAsking(text: string): boolean {
  return text.length >= SHORTEST && text.length <= LONGEST && !text.includes("*") && !MAY_BE_SEED.test(text);
}
