/** The keys inside a disc: along the order of creation, and from ring to ring. */

import { nearestDot, unitPlaces } from "./rings/spiral";
import type { Disc } from "./spots";

export type DotStep = { readonly do: "walk"; readonly at: number } | { readonly do: "leave" | "pick" | "open" };

/** How far the next ring is, in pitches; the nearest dot there may be the same one still. */
const RINGS = [1.3, 1.7, 2.2];

/** What a key means on a dot; null: nothing of a dot. */
export function dotStepOf(key: string, disc: Disc, at: number): DotStep | null {
  switch (key) {
    case "ArrowRight":
      return walk(disc, at + 1);
    case "ArrowLeft":
      return walk(disc, at - 1);
    case "ArrowUp":
      return walk(disc, outwards(disc, at, 1));
    case "ArrowDown":
      return inwards(disc, at);
    case "Home":
      return walk(disc, 0);
    case "End":
      return walk(disc, disc.count - 1);
    case "Enter":
      return { do: "open" };
    case " ":
      return { do: "pick" };
    case "Escape":
      return { do: "leave" };
    default:
      return null;
  }
}

function walk({ count }: Disc, at: number): DotStep {
  return { do: "walk", at: Math.max(0, Math.min(count - 1, at)) };
}

/** From the innermost ring back to the account in the middle. */
function inwards(disc: Disc, at: number): DotStep {
  const next = outwards(disc, at, -1);
  return next < 0 || next >= at ? { do: "leave" } : walk(disc, next);
}

/** The dot a ring farther from the middle, or nearer, the same way from it; the dot itself where there is none. */
function outwards({ count, hole }: Disc, at: number, way: 1 | -1): number {
  const places = unitPlaces(count + hole);
  const place = at + hole;
  const [x, y] = [places[2 * place]!, places[2 * place + 1]!];
  const r = Math.hypot(x, y);
  for (const step of RINGS) {
    const far = Math.max(0, r + way * step) / r;
    const next = nearestDot(x * far, y * far, count + hole);
    if (next !== null && next !== place) return next - hole;
  }
  return at;
}
