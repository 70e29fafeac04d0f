/**
 * What people paste when they mean an account, and what it says; nothing is looked up.
 * The same rules as the server's, held together by the shared cases in tests/data/address_text. A secret seed is refused
 * wherever in the text it stands, before anything leaves the browser.
 */

import { decodeStrkey, encodeStrkey, type Strkey } from "./strkey";

export type AddressProblem =
  | "empty"
  | "too-long"
  | "secret-seed"
  | "checksum"
  | "length"
  | "federation"
  | "no-address";

export type ParsedAddress =
  | { kind: "account"; address: string; muxedId: string | null }
  | { kind: "contract"; address: string }
  | { kind: "federation"; federation: string };

export type Reading = { found: ParsedAddress; problem?: never } | { found?: never; problem: AddressProblem };

const MAX_TEXT = 4096;
const KEY_LENGTH = 56;
const KEY_BYTES = 32;

const WORD = /[A-Za-z0-9]+/g;
const KEY_SHAPED = /^(?:[GCgc][A-Za-z2-7]{55}|[Mm][A-Za-z2-7]{68})$/;
const ALMOST_KEY = /(?<![A-Za-z0-9])(?![0-9a-f]{64}(?![A-Za-z0-9]))[GCMgcm][A-Za-z0-9]{39,}/; // but no hash
const SEED_SHAPED = /(?<![A-Za-z0-9])[Ss][A-Za-z2-7]{55}(?![A-Za-z0-9])/;
const NOT_BASE32 = /[^A-Za-z2-7]/g;
const NOT_TYPED = /[^A-Za-z0-9]/g;
/** What begins with a small s and a letter behind d is a word: the second letter of a seed is one of A to D, or mistyped. */
const SEED_BEGUN = /S[A-Za-z0-9]{11}|s[A-Z0-9a-d][A-Za-z0-9]{10}/;
const ADDRESS_BEGUN = /^[Gg][A-Da-d][A-Za-z2-7]*$/;
const DOMAIN_BEGUN = /^(?!.*[A-Z][^a-z]*[A-Z])\S*\.\S*$/; // in small letters, for a seed may be grouped with dots
const FEDERATION =
  /^[^\s*<>,/?#&=]{1,64}\*(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;
const QUOTES = "\"'`´‘’‚“”„‹›«»<>()[]{}.,;";
const PAY_LINK = "web+stellar:";

export const PROBLEM_MESSAGES: Record<AddressProblem, string> = {
  empty: "Nothing was entered. Paste an account address: 56 characters that begin with G.",
  "too-long": "This is longer than 4,096 characters. Paste one account address.",
  "secret-seed":
    "That was a secret seed (S…), which gives full control of an account. It was removed from this field and sent nowhere. " +
    "Never paste it anywhere; look the account up by its address (G…).",
  checksum: "The checksum of this address is wrong: a character is mistyped, missing or swapped.",
  length: "This is not a whole address: G… and C… have 56 characters, M… has 69, and 0, 1, 8 and 9 do not occur in them.",
  federation: "A federation address has the form name*domain, for example alice*example.com.",
  "no-address": "There is no account address in this text. An address has 56 characters and begins with G.",
};

/** What `text` names, or why it names nothing. */
export function readAddress(text: string): Reading {
  if (text.length > MAX_TEXT) return { problem: "too-long" };
  const visible = withoutInvisible(text.normalize("NFKC")).trim();
  if (!stripped(visible, `${QUOTES} `)) return { problem: "empty" };
  if (containsSeed(visible)) return { problem: "secret-seed" };
  const named = payDestination(visible);
  const found = firstKey(named) ?? federation(named);
  if (found === "federation") return { problem: found };
  return found ? { found } : { problem: problemOf(named) };
}

/** Whether a secret seed stands anywhere in the text: by its shape, or broken up but with a right checksum. */
export function containsSeed(text: string): boolean {
  return [text, unquoted(text)].some((reading) => SEED_SHAPED.test(reading) || hidesSeed(reading));
}

/** Whether a secret seed may stand in the text, or may be begun there: also in groups, mistyped or behind a word. */
export function mayHoldSeed(text: string): boolean {
  const visible = text.normalize("NFKC").trim();
  return containsSeed(visible) || [visible, unquoted(visible)].some(beginsSeed);
}

export function beginsAddress(text: string): boolean {
  return ADDRESS_BEGUN.test(text);
}

function beginsSeed(text: string): boolean {
  return !beginsAddress(text) && !DOMAIN_BEGUN.test(text) && SEED_BEGUN.test(text.replace(NOT_TYPED, ""));
}

function hidesSeed(text: string): boolean {
  const letters = text.replace(NOT_BASE32, "").toUpperCase();
  for (let at = letters.indexOf("S"); at >= 0; at = letters.indexOf("S", at + 1)) {
    if (decodeStrkey(letters.slice(at, at + KEY_LENGTH))?.kind === "seed") return true;
  }
  return false;
}

/** Spaces stay, of one kind; what has no width goes. */
function withoutInvisible(text: string): string {
  return text.replace(/\s/gu, (char) => (char === "\uFEFF" ? "" : " ")).replace(/\p{C}/gu, "");
}

function stripped(text: string, characters: string): string {
  const kept = (char: string) => !characters.includes(char);
  const letters = [...text];
  const first = letters.findIndex(kept);
  return first < 0 ? "" : letters.slice(first, letters.findLastIndex(kept) + 1).join("");
}

/** The text with its percent signs decoded; what is no UTF-8 becomes a replacement character. */
function unquoted(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) =>
    new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16))),
  );
}

/** What a payment link pays to; of any other link or text, the whole with its percent signs decoded. */
function payDestination(text: string): string {
  const start = text.toLowerCase().indexOf(PAY_LINK);
  if (start < 0) return unquoted(text);
  const link = text.slice(start);
  const query = link.includes("?") ? link.slice(link.indexOf("?") + 1) : "";
  return new URLSearchParams(query).get("destination")?.trim() ?? "";
}

function firstKey(text: string): ParsedAddress | null {
  for (const key of keysIn(text)) {
    const strkey = decodeStrkey(key);
    if (strkey) return parsed(strkey);
  }
  return null;
}

/** Everything of the shape of an address: word by word, then with its gaps closed (lines broken by a mail, groups). */
function keysIn(text: string): string[] {
  const words = [text, text.replaceAll(" ", "")].flatMap((reading) => reading.match(WORD) ?? []);
  return words.filter((word) => KEY_SHAPED.test(word)).map((word) => word.toUpperCase());
}

function parsed({ kind, payload }: Strkey): ParsedAddress {
  if (kind === "contract") return { kind, address: encodeStrkey(kind, payload) };
  const address = encodeStrkey("account", payload.slice(0, KEY_BYTES));
  return { kind: "account", address, muxedId: kind === "muxed" ? muxedId(payload.slice(KEY_BYTES)) : null };
}

function muxedId(bytes: Uint8Array): string {
  return bytes.reduce((id, byte) => (id << 8n) | BigInt(byte), 0n).toString();
}

function federation(text: string): ParsedAddress | "federation" | null {
  const starred = text.split(/\s+/).find((word) => word.includes("*"));
  if (!starred) return null;
  const whole = stripped(starred, QUOTES);
  const star = whole.indexOf("*");
  const address = whole.slice(0, star) + whole.slice(star).toLowerCase();
  return star >= 0 && FEDERATION.test(address) ? { kind: "federation", federation: address } : "federation";
}

function problemOf(text: string): AddressProblem {
  if (keysIn(text).length > 0) return "checksum";
  return ALMOST_KEY.test(text) || ALMOST_KEY.test(text.replaceAll(" ", "")) ? "length" : "no-address";
}
