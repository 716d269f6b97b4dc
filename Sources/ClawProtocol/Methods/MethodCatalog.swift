/// Every method; the architecture test compares it with the types in this folder. Each file of types lists its own.
public enum MethodCatalog {
  /// The gateway's methods, in the order of the documentation.
  public static let all: [any Method.Type] =
    connecting + system + agents + chat + sessions + skills + cron + logs + pairing
}
