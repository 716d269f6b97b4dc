/// Every method; the architecture test compares it with the types in this folder. Each file of types lists its own.
public enum MethodCatalog {
  /// Served by the gateway, in the order in which the documents list them.
  public static let all: [any Method.Type] =
    connecting + system + agents + chat + sessions + skills + cron + logs + pairing
}
