/** Addresses, short: enough of both ends to recognise one; the whole is always at hand to copy. */

/** `GABCD…WXYZ5` */
export function shortAddress(address: string): string {
  return address.length > 12 ? `${address.slice(0, 5)}…${address.slice(-5)}` : address;
}

/** In groups of four, for reading aloud and comparing by eye. */
export function groupedAddress(address: string): string {
  return address.replace(/(.{4})(?=.)/g, "$1 ");
}
