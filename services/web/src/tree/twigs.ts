/** Children that are known in number alone: as many twigs as there are. */

import { middleOf, type SpotNode } from "./layout";

/** How long a twig is. */
export const TWIG = 13;
const APART = 0.35;
const SPREAD = 1.8;

/** Where the twigs of a node end. */
export function twigEnds(node: SpotNode): { x: number; y: number }[] {
  const { twigs, angle, r } = node.spot;
  const middle = middleOf(node);
  const apart = Math.min(APART, SPREAD / Math.max(1, twigs));
  return Array.from({ length: twigs }, (_, at) => {
    const own = angle + (at - (twigs - 1) / 2) * apart;
    return { x: middle.x + (r + TWIG) * Math.cos(own), y: middle.y + (r + TWIG) * Math.sin(own) };
  });
}
