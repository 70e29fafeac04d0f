/** Rings as `GET …/rings` sends them, read into two numbers for each child; docs/children.md says how they are written. */

/** A time that is not known. */
export const UNKNOWN_MINUTE = 0xffff_ffff;

export interface DecodedRings {
  readonly count: number;
  /** The server knows all of the account's children. */
  readonly complete: boolean;
  /** When they were read from the store, in milliseconds since 1970. */
  readonly asOf: number;
  /** When each was created, in minutes since 1970. */
  readonly minutes: Uint32Array;
  /** The class of what each was created with; 0 is not known. */
  readonly balances: Uint8Array;
}

const MAGIC = "RING";
const VERSION = 1;
const COMPLETE = 1;
const UNDATED = 0x80;
const HEADER_BYTES = 28;

/** Throws where the bytes are no rings, of another version, or cut short. */
export function decodeRings(body: ArrayBuffer): DecodedRings {
  const bytes = new Uint8Array(body);
  if (bytes.length < HEADER_BYTES || String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) throw new Error("These are no rings.");
  const view = new DataView(body);
  if (view.getUint8(4) !== VERSION) throw new Error(`Rings of version ${view.getUint8(4)} cannot be read here: reload the page.`);
  const begin = view.getUint16(6, true);
  const count = view.getUint32(8, true);
  const end = begin + view.getUint32(16, true);
  if (bytes.length !== end + count) throw new Error("The rings were cut short.");
  const minutes = new Uint32Array(count);
  const balances = bytes.slice(end);
  const read = addSteps(minutes, bytes.subarray(begin, end), view.getUint32(12, true));
  if (read !== count) throw new Error("The rings have fewer times than children.");
  for (let at = 0; at < count; at += 1) {
    if ((balances[at]! & UNDATED) === 0) continue;
    minutes[at] = UNKNOWN_MINUTE;
    balances[at]! &= ~UNDATED;
  }
  return { count, complete: (view.getUint8(5) & COMPLETE) !== 0, asOf: Number(view.getBigUint64(20, true)), minutes, balances };
}

/** Afterwards each minute is that of the child before it and a step: a zigzag varint. How many steps there are. */
function addSteps(minutes: Uint32Array, steps: Uint8Array, first: number): number {
  let minute = first;
  let read = 0;
  let number = 0;
  let scale = 1; // no shifts: a step of a broken time may need more than 31 bits
  for (const byte of steps) {
    number += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (byte > 0x7f) continue;
    minute += number % 2 === 0 ? number / 2 : -(number + 1) / 2;
    minutes[read] = minute;
    read += 1;
    number = 0;
    scale = 1;
  }
  return scale === 1 ? read : -1;
}
