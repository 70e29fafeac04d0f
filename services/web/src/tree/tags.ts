/** What the directory calls an account, in the few kinds that a colour can tell apart. */

import { isWarning } from "@/formats/profiles";

/** By class; of class 0 nobody knows, of class 1 it is known that it has none. */
export const TAG_CLASSES = ["not known", "no tag", "exchange", "anchor", "issuer", "custodian", "wallet", "warning", "other"] as const;

const WARNING = TAG_CLASSES.indexOf("warning");
const OTHER = TAG_CLASSES.indexOf("other");
/** Of several tags the first that is found here counts. */
const KINDS = ["exchange", "anchor", "issuer", "custodian", "wallet"] as const;

/** Its class. A warning comes before all else; null: it is not known what it is tagged with. */
export function tagClass(tags: readonly string[] | null): number {
  if (tags === null) return 0;
  if (tags.length === 0) return 1;
  if (tags.some(isWarning)) return WARNING;
  const kind = KINDS.find((name) => tags.includes(name));
  return kind ? TAG_CLASSES.indexOf(kind) : OTHER;
}
