/** The pages. A path names network and account, the query what is shown of it. */

import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import HomePage from "@/pages/HomePage.vue";
import NotFoundPage from "@/pages/NotFoundPage.vue";

const NETWORK = "[a-z]+|[a-z]+-[0-9]+"; // a name, or the key of an epoch
const ACCOUNT = "G[A-Z2-7]{55}";

const routes: RouteRecordRaw[] = [
  { path: "/", name: "start", component: HomePage, props: { network: null } },
  { path: "/ops", name: "ops", component: () => import("@/pages/OpsPage.vue") },
  { path: `/:network(${NETWORK})`, name: "home", component: HomePage, props: true },
  {
    path: `/:network(${NETWORK})/leaderboard`,
    name: "leaderboard",
    component: () => import("@/pages/LeaderboardPage.vue"),
    props: true,
  },
  {
    path: `/:network(${NETWORK})/account/:address(${ACCOUNT})`,
    name: "account",
    component: () => import("@/pages/AccountPage.vue"),
    props: true,
  },
  { path: "/:rest(.*)*", name: "not-found", component: NotFoundPage },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : to.hash ? { el: to.hash } : { top: 0 }),
});
