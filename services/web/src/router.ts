/** The pages. A path names network and account, the query what is shown of it. */

import { readonly, shallowRef } from "vue";
import { createRouter, createWebHistory, type RouteComponent, type RouteLocationNormalized, type RouteRecordRaw } from "vue-router";
import HomePage from "@/pages/HomePage.vue";
import NotFoundPage from "@/pages/NotFoundPage.vue";
import { tellWhoLeaves } from "@/parts/leaving";
import { fetched, type PartMissing, worthATry } from "@/parts/loading";

/** The page that somebody wanted and that could not be fetched, and the way there all the same. */
const missed = shallowRef<{ error: PartMissing; again: () => void } | null>(null);
export const missedPage = readonly(missed);

const NETWORK = "[a-z]+|[a-z]+-[0-9]+"; // a name, or the key of an epoch
const ACCOUNT = "G[A-Z2-7]{55}";

const routes: RouteRecordRaw[] = [
  { path: "/", name: "start", component: HomePage, props: { network: null } },
  { path: "/ops", name: "ops", ...fetchedPage(() => import("@/pages/OpsPage.vue")) },
  { path: `/:network(${NETWORK})`, name: "home", component: HomePage, props: true },
  {
    path: `/:network(${NETWORK})/leaderboard`,
    name: "leaderboard",
    ...fetchedPage(() => import("@/pages/LeaderboardPage.vue")),
    props: true,
  },
  {
    path: `/:network(${NETWORK})/account/:address(${ACCOUNT})`,
    name: "account",
    ...fetchedPage(() => import("@/pages/AccountPage.vue")),
    props: true,
  },
  { path: "/:rest(.*)*", name: "not-found", component: NotFoundPage },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : to.hash ? { el: to.hash } : { top: 0 }),
});

tellWhoLeaves(router);
router.afterEach((_to, _from, failure) => {
  if (!failure) missed.value = null;
});

/** Where it cannot be fetched nobody goes anywhere, and is told; for whoever led there that is no error. */
function fetchedPage(load: () => Promise<{ default: RouteComponent }>) {
  return {
    component: load,
    beforeEnter: (to: RouteLocationNormalized) => fetched("The page", load).then(() => true, (error: PartMissing) => missing(error, to)),
  };
}

function missing(error: PartMissing, to: RouteLocationNormalized): false {
  const again = () => void router.push(to.fullPath);
  const told = { error, again };
  missed.value = told;
  if (error.trouble === "away") void worthATry().then(() => missed.value === told && again());
  return false;
}
