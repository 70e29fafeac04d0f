/** The words under a picture of a lineage: whose it is, where, and as of when. */

import type { Lineage } from "@/api/types";
import { isCounted } from "@/lineage/children";
import { childrenText } from "../cards";
import type { Legend } from "../legend";
import type { Caption } from "./exporter";

export function captionOf({ address, as_of, children }: Pick<Lineage, "address" | "as_of" | "children">, network: string, legend: Legend | null): Caption {
  const count = isCounted(children) ? { value: children.total, exact: children.complete } : null;
  const moment = new Date(as_of).toISOString().slice(0, 16).replace("T", " ");
  return {
    title: `Lineage of ${address} on ${network}`,
    address,
    facts: `${childrenText(count)} · ${network} · as of ${moment} UTC · StellarMap`,
    legend,
  };
}
