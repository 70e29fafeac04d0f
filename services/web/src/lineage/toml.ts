/** What a stellar.toml says (SEP-1), in the order a person wants to read it. */

import type { Toml, TomlTable } from "@/api/types";

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface Currency {
  readonly code: string | null;
  readonly issuer: string | null;
  readonly facts: readonly Fact[];
}

const FIRST = ["ORG_NAME", "ORG_DBA", "ORG_URL", "ORG_DESCRIPTION", "name", "desc", "status", "ALIAS", "PUBLIC_KEY", "HOST"];

/** Every fact of a table, those first that say who it is. */
export function factsOf(table: TomlTable, without: readonly string[] = []): Fact[] {
  const facts = Object.entries(table).map(([name, value]) => ({ name, value }));
  return facts.filter(({ name }) => !without.includes(name)).toSorted((a, b) => placeOf(a.name) - placeOf(b.name));
}

function placeOf(name: string): number {
  const place = FIRST.indexOf(name);
  return place < 0 ? FIRST.length : place;
}

export function currencyOf(table: TomlTable): Currency {
  return { code: table["code"] ?? table["code_template"] ?? null, issuer: table["issuer"] ?? null, facts: factsOf(table, ["code", "code_template", "issuer"]) };
}

/** `ORG_SUPPORT_EMAIL` → `support email` */
export function factName(name: string): string {
  return name.replace(/^ORG_/, "").replaceAll("_", " ").toLowerCase().replace(/\burl\b/, "URL");
}

/** So many accounts are read of a file: `maxItems` of the contract, which types cannot say. */
export const MOST_ACCOUNTS = 100;

/** The file could not be read, or has more in it than was: that it does not name an account cannot be said. */
export function isCut({ content }: Pick<Toml, "content">): boolean {
  if (!content) return true;
  const { accounts, currencies, validators } = content;
  return accounts.length >= MOST_ACCOUNTS || [currencies, validators].some(({ total, tables }) => total > tables.length);
}

/** How the file names an account; null where it does not: then, unless it is cut, the domain does not vouch for it. */
export function vouching({ content }: Pick<Toml, "content">, address: string): string | null {
  if (!content) return null;
  if (content.accounts.includes(address)) return "Its file lists this account as its own.";
  if (content.currencies.tables.some(({ issuer }) => issuer === address)) return "Its file names this account as the issuer of an asset.";
  return content.validators.tables.some((each) => each["PUBLIC_KEY"] === address) ? "Its file names this account as a validator." : null;
}
