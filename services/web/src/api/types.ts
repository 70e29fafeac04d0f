/** The words of the API, by the names the pages use. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type AccountRank = Schemas["AccountRank"];
export type Ask = Schemas["Ask"];
export type Asset = Schemas["Asset"];
export type BigQueryUsage = Schemas["BigQueryUsage"];
export type Budget = Schemas["Budget"];
export type ChangeReason = Schemas["ChangeReason"];
export type ChangeType = Schemas["ChangeType"];
export type ChildFace = Schemas["ChildFace"];
export type ChildSet = Schemas["ChildSet"];
export type ChildSort = Schemas["Sorting"];
export type Children = Schemas["Children"];
export type Coverage = Schemas["Coverage"];
export type DeadLetter = Schemas["DeadLetterView"];
export type DeadLetterPage = Schemas["DeadLetterList"];
export type DeadLetterWhole = Schemas["DeadLetterDetail"];
export type Enrichment = Schemas["Enrichment"];
export type EpochView = Schemas["EpochView"];
export type Fill = Schemas["Fill"];
export type FoundAccount = Schemas["FoundAccount"];
export type Search = Schemas["Search"];
export type Health = Schemas["Health"];
export type HealthCheck = Schemas["HealthCheck"];
export type HealthState = Schemas["HealthState"];
export type Life = Schemas["Life"];
export type Lineage = Schemas["Lineage"];
export type LineageState = Schemas["LineageState"];
/** The server leaves out what a topic does not use. */
export type LiveMessage = Pick<Schemas["LiveMessage"], "topic"> & Partial<Schemas["LiveMessage"]>;
export type NetworkList = Schemas["NetworkList"];
export type NetworkView = Schemas["NetworkView"];
export type NotableChild = Schemas["NotableChild"];
export type Overview = Schemas["Overview"];
export type Period = Schemas["Period"];
export type Problem = Schemas["Problem"];
export type QueryView = Schemas["QueryView"];
export type RankLines = Schemas["RankLines"];
export type Refusal = Schemas["Refusal"];
export type Replayed = Schemas["ReplayedMany"];
export type ReplayAsk = Schemas["ReplayThese"] | Schemas["ReplayAll"];
export type RequestStatus = Schemas["RequestStatus"];
export type Resolved = Schemas["Resolved"];
export type SourceUsage = Schemas["SourceUsage"];
export type Stage = Schemas["Stage"];
export type StageState = Schemas["StageState"];
export type Stages = Schemas["Stages"];
export type StandingChange = Schemas["StandingChangeView"];
export type StandingRow = Schemas["StandingRow"];
export type StandingSummary = Schemas["StandingSummary"];
export type Standings = Schemas["Standings"];
export type ThresholdFigures = Schemas["ThresholdFigures"];
export type TopMovers = Schemas["TopMovers"];
export type Usage = Schemas["Usage"];
export type WayOut = Schemas["WayOut"];
