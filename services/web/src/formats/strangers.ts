/** Words that strangers published: shown as they are, and followed only where that is safe. */

/** The address, if it may be followed: https, and no name or password in it; else null. */
export function safeLink(text: string): string | null {
  if (!/^https:\/\//i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === "https:" && url.username === "" && url.password === "" ? url.href : null;
}
