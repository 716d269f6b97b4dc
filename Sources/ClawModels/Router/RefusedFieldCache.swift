import ClawJSON
import Synchronization

/// Optional fields that each model rejected, so that only the first request has to find out.
final class RefusedFieldCache: Sendable {
  struct Key: Sendable, Hashable {
    @UTF8Key var provider: String
    @UTF8Key var model: String
  }

  /// Capacity; when full, the cache is cleared.
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
