import ClawCore
import Synchronization

/// What this node has told of pairings, so that news which come by several ways (a change made here, a hint, a look into
/// the store) are told once.
final class AnnouncedPairings: Sendable {
  private struct Known {
    /// Whether all that waited was seen at some time; before, only what was asked since this node began is news.
    var isWhole = false
    var pending: [DeviceID: PairingRequest] = [:]
    /// How many changes were told of.
    var changes = 0
  }

  private struct Decision: Hashable {
    let device: DeviceID
    let kind: PairingHint.Kind
  }

  private struct State {
    /// Of tenants that somebody here has to do with. Bounded by ``PairingConfiguration/maxPending`` each.
    var known: [TenantID: Known] = [:]
    var decided: Set<Decision> = []
  }

  /// Decisions that are remembered; beyond it all are forgotten, and a late hint may tell of one again.
  private static let maxDecided = 4_096

  private let state = Mutex(State())

  /// Whether a change is news; it is none from then on.
  func isNew(_ notice: PairingNotice) -> Bool {
    state.withLock { state in
      state.known[notice.tenant, default: Known()].changes += 1
      switch notice.change {
      case .requested(let request):
        return state.known[notice.tenant, default: Known()].pending.updateValue(request, forKey: request.device) == nil
      case .approved, .rejected, .expired, .revoked:
        state.known[notice.tenant]?.pending[notice.device] = nil
        if state.decided.count >= Self.maxDecided { state.decided = [] }
        return state.decided.insert(Decision(device: notice.device, kind: notice.hint.kind)).inserted
      }
    }
  }

  /// The tenants of which something waits that was told of here.
  var tenants: Set<TenantID> {
    state.withLock { state in Set(state.known.filter { !$0.value.pending.isEmpty }.keys) }
  }

  /// How many changes of a tenant were told of here.
  func changes(of tenant: TenantID) -> Int {
    state.withLock { $0.known[tenant]?.changes ?? 0 }
  }

  /// What has changed, by what waits now: new requests, and those that wait no longer. Nil if something was told of
  /// since the store was asked, for then what it said is no proof of what is new or gone.
  /// - Parameters:
  ///   - changes: ``changes(of:)`` before the store was asked.
  ///   - start: When this node began.
  func differences(
    of tenant: TenantID, pending: [PairingRequest], after changes: Int, start: Timestamp
  ) -> (new: [PairingRequest], gone: [PairingRequest])? {
    state.withLock { state in
      let known = state.known[tenant] ?? Known()
      guard known.changes == changes else { return nil }
      let now = Dictionary(pending.map { ($0.device, $0) }) { first, _ in first }
      let isNews = { (request: PairingRequest) in known.isWhole || request.createdAt >= start }
      state.known[tenant] = Known(
        isWhole: true, pending: known.pending.merging(now.filter { !isNews($0.value) }) { old, _ in old },
        changes: changes)
      let new = pending.filter { known.pending[$0.device] == nil && isNews($0) }
      return (new, known.pending.values.filter { now[$0.device] == nil })
    }
  }
}
