using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "reader", worker = .reader)],
  sockets = [(name = "http", service = "reader")],
);

const reader :Workerd.Worker = (
  modules = [
    (name = "test/worker.mjs", esModule = embed "worker.mjs"),
    (name = "test/vectors.mjs", esModule = embed "vectors.mjs"),
    (name = "index.mjs", esModule = embed "../index.mjs"),
    (name = "vectors.json", json = embed "../../../token/testdata/vectors.json"),
  ],
  compatibilityDate = "2026-11-01",
  bindings = [
    (name = "AUTH_URL", fromEnvironment = "AUTH_URL"),
    (name = "AUTH_SECRET", fromEnvironment = "AUTH_SECRET"),
    (name = "AUTH_SECRET_1", fromEnvironment = "AUTH_SECRET_1"),
    (name = "COMPRESS", fromEnvironment = "COMPRESS"),
  ],
);
