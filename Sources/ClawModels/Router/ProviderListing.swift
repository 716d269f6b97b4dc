import ClawJSON
import Synchronization

/// The list of models as one provider last gave it to one key, bounded by ``ModelList/limit``.
final class ProviderListing: Sendable {
  private struct State {
    var models: [ListedModel] = []
    var time: Duration?
  }

  private let state = Mutex(State())

  func store(_ models: [ListedModel], at time: Duration) {
    state.withLock { $0 = State(models: models, time: time) }
  }

  /// The list, if it is no older than `lifetime`.
  func models(now: Duration, lifetime: Duration) -> [ListedModel]? {
    state.withLock { state in state.time.flatMap { now - $0 < lifetime ? state.models : nil } }
  }

  /// What the provider said of a model, however long ago.
  func model(_ name: String) -> ListedModel? {
    state.withLock { $0.models.first { $0.id.hasSameBytes(as: name) } }
  }
}

/// A provider that can be asked, with what it has listed.
struct RoutedProvider: Sendable {
  let configuration: ProviderConfiguration
  let client: any ModelClient
  let listing = ProviderListing()

  var name: String { configuration.name }

  /// Whether it was set up with a model of this name.
  func isSetUp(with model: String) -> Bool {
    configuration.defaultModel.hasSameBytes(as: model) || configuration.models.contains { $0.hasSameBytes(as: model) }
  }
}
