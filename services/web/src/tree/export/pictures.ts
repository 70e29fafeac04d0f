/** Files of a scene: the painters of the screen, painting into a file. */

import type { DiscMark } from "../marks";
import { paint } from "../painters/canvas";
import { DiscPictures, discPicture } from "../painters/discs";
import { toSvg } from "../painters/svg";
import { rimOf } from "../spots";
import type { Tokens } from "../tokens";
import { type Shot, sizeOf } from "./shot";

/** A disc of more dots is a picture in an SVG, too: a million circles open in no program. */
const MOST_CIRCLES = 4_000;
const DISC_SIDE = 2_048;
const DISC_SCALE = 4;
const DISC_MARGIN = 6;

/** `host` lends the canvas the fonts of the page, and is left as it was. */
export async function pngOf(shot: Shot, scale: number, { tokens, host }: { tokens: Tokens; host: Element }): Promise<Blob> {
  const { scene, frame } = shot;
  const size = sizeOf(shot, scale);
  const canvas = document.createElement("canvas");
  canvas.hidden = true;
  host.append(canvas);
  try {
    [canvas.width, canvas.height] = [size.width, size.height];
    const context = canvas.getContext("2d")!;
    const view = { x: -frame.x * scene.zoom, y: -frame.y * scene.zoom, k: scene.zoom };
    paint(context, scene, { tokens, pictures: new DiscPictures(Infinity), view, ratio: size.scale });
    context.resetTransform();
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = tokens.ink.bg;
    context.fillRect(0, 0, canvas.width, canvas.height);
    return await pngIn(canvas);
  } finally {
    canvas.remove();
  }
}

export async function svgOf({ scene, frame, title }: Shot, tokens: Tokens): Promise<Blob> {
  const discs = scene.marks.filter((mark): mark is DiscMark => mark.kind === "disc" && mark.disc.count > MOST_CIRCLES);
  const pictures = new Map(await Promise.all(discs.map(async (mark) => [mark, await discIn(mark, tokens)] as const)));
  return new Blob([toSvg(scene, tokens, { title, frame, pictures })], { type: "image/svg+xml" });
}

async function discIn(mark: DiscMark, tokens: Tokens): Promise<{ half: number; url: string }> {
  const half = rimOf(mark.disc) + DISC_MARGIN;
  const picture = discPicture(mark, tokens, { half, scale: Math.min(DISC_SCALE, DISC_SIDE / (2 * half)) });
  return { half, url: await dataUrl(await picture.convertToBlob()) };
}

function pngIn(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("This browser has no memory for so large a picture: choose a smaller scale."))), "image/png");
  });
}

function dataUrl(blob: Blob): Promise<string> {
  const reader = new FileReader();
  return new Promise((done, failed) => {
    reader.addEventListener("load", () => done(String(reader.result)));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsDataURL(blob);
  });
}
