import ClawCore
import ClawJSON
import Synchronization

/// The lists of models as the providers last gave them: one per provider, each bounded by ``ModelList/limit``.
final class ListingCache: Sendable {
  private struct Entry {
    var models: [ListedModel]
    var time: Duration
  }

  private let entries = Mutex<UTF8Dictionary<Entry>>([:])

  func store(_ models: [ListedModel], provider: String, at time: Duration) {
    entries.withLock { $0[provider] = Entry(models: models, time: time) }
  }

  /// The list, if it is no older than `lifetime`.
  func models(of provider: String, now: Duration, lifetime: Duration) -> [ListedModel]? {
    entries.withLock { entries in
      entries[provider].flatMap { now - $0.time < lifetime ? $0.models : nil }
    }
  }

  /// What a provider said of a model's window, however long ago.
  func contextWindow(of model: ModelReference) -> Int? {
    entries.withLock { entries in
      entries[model.provider]?.models.first { $0.id.hasSameBytes(as: model.model) }?.contextWindow
    }
  }

  /// What a provider said of a model's longest answer, however long ago.
  func outputTokens(of model: ModelReference) -> Int? {
    entries.withLock { entries in
      entries[model.provider]?.models.first { $0.id == model.model }?.outputTokens
    }
  }

  /// The first of `providers` that listed a model of this name.
  func provider(listing name: String, among providers: [String]) -> String? {
    entries.withLock { entries in
      providers.first { provider in entries[provider]?.models.contains { $0.id.hasSameBytes(as: name) } ?? false }
    }
  }
}
