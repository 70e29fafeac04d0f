/** Stellar's strkey encoding (SEP-23): base32 of version byte, payload and CRC16-XModem. */

export type StrkeyKind = "account" | "muxed" | "contract" | "seed";

export interface Strkey {
  kind: StrkeyKind;
  payload: Uint8Array;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CHECKSUM_BYTES = 2;
const KINDS: Record<StrkeyKind, { version: number; bytes: number }> = {
  account: { version: 6 << 3, bytes: 32 },
  muxed: { version: 12 << 3, bytes: 40 },
  contract: { version: 2 << 3, bytes: 32 },
  seed: { version: 18 << 3, bytes: 32 },
};

/** The text form of `payload`. */
export function encodeStrkey(kind: StrkeyKind, payload: Uint8Array): string {
  const body = Uint8Array.of(KINDS[kind].version, ...payload);
  const checksum = crc16(body);
  return base32(Uint8Array.of(...body, checksum & 0xff, checksum >> 8));
}

/** Kind and payload of `text`; null unless encoding them again gives the very same text. */
export function decodeStrkey(text: string): Strkey | null {
  const raw = fromBase32(text);
  const kind = raw && kindOf(raw[0]);
  if (!raw || !kind) return null;
  const payload = raw.slice(1, -CHECKSUM_BYTES);
  if (payload.length !== KINDS[kind].bytes || encodeStrkey(kind, payload) !== text) return null;
  return { kind, payload };
}

/** Whether `text` is a whole and right G… address. */
export function isAccount(text: string): boolean {
  return decodeStrkey(text)?.kind === "account";
}

/** The bytes that base32 `text` holds; null if a character is none of its alphabet. */
export function fromBase32(text: string): Uint8Array | null {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let value = 0;
  let at = 0;
  for (const char of text) {
    const symbol = ALPHABET.indexOf(char);
    if (symbol < 0) return null;
    value = ((value << 5) | symbol) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (value >> bits) & 0xff;
      at += 1;
    }
  }
  return bytes;
}

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET.charAt((value >> bits) & 31);
    }
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (5 - bits)) & 31) : text;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

function kindOf(version: number | undefined): StrkeyKind | null {
  const found = Object.entries(KINDS).find(([, kind]) => kind.version === version);
  return (found?.[0] as StrkeyKind | undefined) ?? null;
}
