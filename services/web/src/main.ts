import { QueryClient, VueQueryPlugin } from "@tanstack/vue-query";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { ApiProblem } from "./api/client";
import { router } from "./router";
import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";

const RETRIES = 2;

const queries = new QueryClient({
  defaultOptions: {
    // What somebody asks for is done now or not at all: not a while later, when the server is back and they look elsewhere.
    mutations: { networkMode: "always" },
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => error instanceof ApiProblem && error.passing && failures < RETRIES,
    },
  },
});

createApp(App).use(createPinia()).use(router).use(VueQueryPlugin, { queryClient: queries }).mount("#app");
