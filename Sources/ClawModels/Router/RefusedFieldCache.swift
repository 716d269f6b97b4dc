import ClawJSON
import Synchronization

/// Which optional fields each model was found not to take, so that only the first question pays for finding out.
final class RefusedFieldCache: Sendable {
  struct Key: Sendable, Hashable {
    @UTF8Key var provider: String
    @UTF8Key var model: String
  }

  /// The most models remembered; when full, all are forgotten and found out anew.
  static let limit = 1024

  private let fields = Mutex<[Key: Set<OptionalField>]>([:])

  func omitted(provider: String, model: String) -> Set<OptionalField> {
    fields.withLock { $0.isEmpty ? [] : $0[Key(provider: provider, model: model)] ?? [] }
  }

  func note(_ omitted: Set<OptionalField>, provider: String, model: String) {
    let key = Key(provider: provider, model: model)
    fields.withLock { fields in
      if fields.count >= Self.limit, fields[key] == nil { fields = [:] }
      fields[key] = omitted
    }
  }
}
