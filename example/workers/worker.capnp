# The Worker under workerd, for the tests; on Cloudflare wrangler.jsonc takes its
# place. build.sh puts it beside the modules.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "app", worker = .app),
    # Providers on this machine too; Cloudflare allows the public internet only.
    (name = "internet", network = (allow = ["public", "private", "local"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", service = "app")],
);

const app :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "wasm_exec.js", esModule = embed "wasm_exec.js"),
    (name = "runtime.mjs", esModule = embed "runtime.mjs"),
    (name = "app.wasm", wasm = embed "app.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "AUTH_URL", fromEnvironment = "AUTH_URL"),
    (name = "AUTH_SECRET", fromEnvironment = "AUTH_SECRET"),
    (name = "AUTH_SECRET_1", fromEnvironment = "AUTH_SECRET_1"),
    (name = "AUTH_ACME_ID", fromEnvironment = "AUTH_ACME_ID"),
    (name = "AUTH_ACME_SECRET", fromEnvironment = "AUTH_ACME_SECRET"),
    (name = "AUTH_ACME_ISSUER", fromEnvironment = "AUTH_ACME_ISSUER"),
  ],
);
