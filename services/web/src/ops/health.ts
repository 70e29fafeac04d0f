/** The parts of an installation: what they are called, what their states mean, since when they are as they are. */

import type { Health, HealthCheck, HealthState } from "@/api/types";
import { formatDuration } from "@/formats/times";

const SECOND = 1_000;

const NAMES: Record<string, string> = { store: "Store", bus: "Event log", bigquery: "BigQuery", horizon: "Horizon", expert: "Stellar Expert" };

export const STATE_WORDS: Record<HealthState, string> = {
  HEALTHY: "healthy",
  DEGRADED: "degraded",
  UNHEALTHY: "down",
};

/** `horizon:sandbox` → `Horizon · sandbox` */
export function componentName(component: string): string {
  const [kind, network] = component.split(":");
  const name = NAMES[kind ?? ""] ?? component;
  return network ? `${name} · ${network}` : name;
}

/** `All healthy`, or what is not. */
export function healthHeadline({ checks }: Pick<Health, "checks">): string {
  const bad = checks.filter(({ state }) => state !== "HEALTHY");
  if (bad.length === 0) return "All healthy";
  if (bad.length === 1) return `${componentName(bad[0]!.component)} is ${STATE_WORDS[bad[0]!.state]}`;
  return `${bad.length} of ${checks.length} parts are not healthy`;
}

/** `for 3 min`; `for 3 min or more`, where this tab has not seen it begin. */
export function sinceWords({ at, exact }: Since, now: number): string {
  const lasted = formatDuration(Math.max(SECOND, now - Date.parse(at)));
  return exact ? `for ${lasted}` : `for ${lasted} or more`;
}

export interface Since {
  state: HealthState;
  /** When it was first seen so. */
  at: string;
  /** Whether it was seen otherwise before: else it may be so for longer. */
  exact: boolean;
}

/** Since when each part is as it is, as far as this tab has seen. */
export function sinceAfter(known: ReadonlyMap<string, Since>, checks: readonly HealthCheck[]): Map<string, Since> {
  return new Map(
    checks.map(({ component, state, checked_at }) => {
      const before = known.get(component);
      if (before?.state === state) return [component, before];
      return [component, { state, at: checked_at, exact: before !== undefined }];
    }),
  );
}
