/** The bytes of a record as a person can read them: JSON if they are JSON, else text, else hexadecimal. */

export interface Payload {
  kind: "json" | "text" | "hex" | "empty";
  /** All of it, ready to be shown. */
  text: string;
  /** As it came, to be copied; bytes that are no text in base64. */
  copied: string;
}

/** How many letters of it are shown: a page with more of them in it gets slow. */
export const SHOWN = 100_000;

const LINE = 16;
const INDENT = "  ";

export function payloadOf(value: string | null, base64: string): Payload {
  if (value === null) return { kind: "hex", text: hexDump(bytesOf(base64)), copied: base64 };
  if (value === "") return { kind: "empty", text: "", copied: "" };
  const pretty = prettyJson(value);
  return { kind: pretty === null ? "text" : "json", text: pretty ?? value, copied: value };
}

/** The same JSON, one member a line; null if it is none. The numbers stay as they were written: some exceed 2^53. */
export function prettyJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let depth = 0;
  const line = (): string => `\n${INDENT.repeat(depth)}`;
  return tokensOf(text)
    .map((token, at, tokens) => {
      if (token === ",") return `,${line()}`;
      if (token === ":") return ": ";
      if (token === "{" || token === "[") {
        if (closes(tokens[at + 1])) return token;
        depth += 1;
        return token + line();
      }
      if (!closes(token)) return token;
      if (tokens[at - 1] === "{" || tokens[at - 1] === "[") return token;
      depth -= 1;
      return line() + token;
    })
    .join("");
}

/** Sixteen bytes a line: where, what, and what of it is a letter. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += LINE) {
    const row = [...bytes.subarray(at, at + LINE)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(LINE * 3 - 1)}  ${letters}`);
  }
  return lines.join("\n");
}

function closes(token: string | undefined): boolean {
  return token === "}" || token === "]";
}

/** Of text that is known to be JSON. */
function tokensOf(json: string): string[] {
  return json.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g) ?? [];
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.codePointAt(0)!);
}
