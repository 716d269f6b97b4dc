import ClawJSON
import Synchronization

/// The last list of models from one provider for one key, limited by ``ModelList/limit``.
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

  /// The provider's entry for a model, however old.
  func model(_ name: String) -> ListedModel? {
    state.withLock { $0.models.first { $0.id.hasSameBytes(as: name) } }
  }
}

/// A callable provider with its list of models.
struct RoutedProvider: Sendable {
  let configuration: ProviderConfiguration
  let client: any ModelClient
  let listing = ProviderListing()

  var name: String { configuration.name }

  /// Whether its configuration contains a model of this name.
  func isSetUp(with model: String) -> Bool {
    configuration.defaultModel.hasSameBytes(as: model) || configuration.models.contains { $0.hasSameBytes(as: model) }
  }
}
