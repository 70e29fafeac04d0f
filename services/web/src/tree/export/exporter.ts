/** What can be had of the tree as a file. */

import type { Legend } from "../legend";

export interface PictureWish {
  readonly format: "png" | "svg";
  /** Pixels of the file for one pixel of the screen; an SVG has no pixels. */
  readonly scale: number;
  /** All of the tree, each thing as large as when it is first looked at; or what is on the screen, as it is there. */
  readonly part?: "whole" | "visible";
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** A browser makes no picture as large as was wished: `scale` is the largest there is. */
  readonly reduced: boolean;
}

export interface Exporter {
  /** A file of the tree as it is drawn now, with what it shows written under it. */
  exportScene: (wish: PictureWish) => Promise<Blob>;
  /** How large that file would be. */
  measured: (wish: PictureWish) => Promise<PictureSize>;
}

/** What stands under a picture, so that it can be told from another one. */
export interface Caption {
  readonly title: string;
  readonly address: string;
  readonly facts: string;
  /** What its colours and signs say; null where it has none. */
  readonly legend: Legend | null;
}
