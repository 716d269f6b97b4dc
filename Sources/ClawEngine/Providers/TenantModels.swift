import ClawCore
import Synchronization

/// The models of one tenant: an immutable snapshot, replaced by a newer one if it lacks what was requested. A provider
/// set up on another node is thus found before its notification arrives.
final class TenantModels: ModelService {
  /// The providers of a tenant at one moment.
  struct Snapshot: Sendable {
    /// The number of the last change included.
    let version: Int64
    let models: any ModelService
  }

  private let snapshot: Mutex<Snapshot>
  private let reread: @Sendable () async throws -> Snapshot?

  /// - Parameter reread: Reads the store again; nil if the catalog no longer exists.
  init(_ snapshot: Snapshot, reread: @escaping @Sendable () async throws -> Snapshot?) {
    self.snapshot = Mutex(snapshot)
    self.reread = reread
  }

  var version: Int64 { snapshot.withLock { $0.version } }
  private var models: any ModelService { snapshot.withLock { $0.models } }

  /// The current models in the store; nil if they are unchanged.
  private func newer(than version: Int64) async throws -> (any ModelService)? {
    guard let read = try await reread(), read.version != version else { return nil }
    snapshot.withLock { $0 = read }
    return read.models
  }

  func reply(
    to request: ModelRequest, from candidates: [ModelReference], observer: ModelObserver
  ) async throws -> ModelReply {
    let known = snapshot.withLock { $0 }
    do {
      return try await known.models.reply(to: request, from: candidates, observer: observer)
    } catch let error as ClawError where error.kind == .provider && error.code == .failedPrecondition {
      // No such provider, no such model, or a rejected key: only a change can fix these, and it may have been made
      // already.
      guard let models = try await newer(than: known.version) else { throw error }
      return try await models.reply(to: request, from: candidates, observer: observer)
    }
  }

  func find(_ name: String) async -> ModelReference? {
    let known = snapshot.withLock { $0 }
    if let found = known.models.resolve(name) { return found }
    let newer = try? await newer(than: known.version)
    return await (newer ?? known.models).find(name)
  }

  func list(provider: String?) async throws -> ModelListing {
    let known = snapshot.withLock { $0 }
    do {
      return try await known.models.list(provider: provider)
    } catch let error as ClawError where error.code == .notFound {
      guard let models = try await newer(than: known.version) else { throw error }
      return try await models.list(provider: provider)
    }
  }

  var standard: ModelReference { models.standard }
  func resolve(_ name: String) -> ModelReference? { models.resolve(name) }
  func contextWindow(of model: ModelReference) -> Int { models.contextWindow(of: model) }
  func takesImages(_ model: ModelReference) -> Bool { models.takesImages(model) }

  func unsupportedOptions(of sampling: SamplingOptions, for model: ModelReference) -> [SamplingOption] {
    models.unsupportedOptions(of: sampling, for: model)
  }
}
