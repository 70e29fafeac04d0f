/** The pages. A path names network and account, the query what is shown of it. */

import { readonly, shallowRef } from "vue";
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import HomePage from "@/pages/HomePage.vue";
import NotFoundPage from "@/pages/NotFoundPage.vue";
import { fetched, PartMissing, worthATry } from "@/parts/loading";

const NETWORK = "[a-z]+|[a-z]+-[0-9]+"; // a name, or the key of an epoch
const ACCOUNT = "G[A-Z2-7]{55}";

const routes: RouteRecordRaw[] = [
  { path: "/", name: "start", component: HomePage, props: { network: null } },
  { path: "/ops", name: "ops", component: () => fetched("The page", () => import("@/pages/OpsPage.vue")) },
  { path: `/:network(${NETWORK})`, name: "home", component: HomePage, props: true },
  {
    path: `/:network(${NETWORK})/leaderboard`,
    name: "leaderboard",
    component: () => fetched("The page", () => import("@/pages/LeaderboardPage.vue")),
    props: true,
  },
  {
    path: `/:network(${NETWORK})/account/:address(${ACCOUNT})`,
    name: "account",
    component: () => fetched("The page", () => import("@/pages/AccountPage.vue")),
    props: true,
  },
  { path: "/:rest(.*)*", name: "not-found", component: NotFoundPage },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : to.hash ? { el: to.hash } : { top: 0 }),
});

/** The page that somebody wanted and that could not be fetched, and the way there all the same. */
const missed = shallowRef<{ error: PartMissing; again: () => void } | null>(null);
export const missedPage = readonly(missed);

router.onError((error, to) => {
  if (!(error instanceof PartMissing)) return;
  const again = () => void router.push(to.fullPath).catch(() => undefined); // which is told here
  const told = { error, again };
  missed.value = told;
  if (error.trouble === "away") void worthATry().then(() => missed.value === told && again());
});
router.afterEach(() => (missed.value = null));
