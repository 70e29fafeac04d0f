/** Files that are made of an account: what they are called, and how they come to whoever asked. */

export const TABLES = ["csv", "json", "graphml"] as const;
export const SCALES = [1, 2, 4] as const;
export type Table = (typeof TABLES)[number];
export type Scale = (typeof SCALES)[number];

interface Whose {
  readonly network: string;
  readonly address: string;
}

/** `children-sandbox-G….csv`; of some of the children, with what they were chosen by. */
export function tableName({ network, address }: Whose, table: Table, { from, to, q }: { from: string | null; to: string | null; q: string }): string {
  const span = from || to ? `-${from ?? "start"}_${to ?? "now"}` : "";
  return `children-${network}-${address}${span}${q && `-${q}`}.${table}`;
}

/** `lineage-sandbox-G…@2x.png` */
export function pictureName({ network, address }: Whose, format: "png" | "svg", scale: number): string {
  return `lineage-${network}-${address}${format === "png" && scale !== 1 ? `@${scale}x` : ""}.${format}`;
}

/** Gives it to the browser to be saved. */
export function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser reads it after this: the address has to last until then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
