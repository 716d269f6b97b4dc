import ClawCore
import ClawStore

extension EngineParts {
  /// Updates caches, watchers and the run in progress after a message was accepted. Called in commit order.
  /// - Parameter watcher: The connection that gets the events of the run that the message was added to.
  func accepted(_ message: AcceptedMessage, watchedBy watcher: WatcherID?, at now: Timestamp) {
    let address = message.receipt.address
    if let run = message.ended { ended(run, as: .abort) }
    if let unread = message.unread { requeued(unread) }
    if let run = message.interrupted {
      registry.stop(run, .abort)
      peers.notify(.abort(address.tenant, run))
    }
    if let run = message.steered {
      if let watcher { hub.follow(run, in: address, by: watcher, at: now) }
      registry.noteMessage(for: run)
      if let lane = message.wokenLane { peers.notify(.work([lane])) }
    }
    guard let added = message.added else { return }
    transcripts.append(added.rows, to: added.session, isWhole: added.isWholeWindow)
    if let start = message.start {
      hub.willBegin(after: start.event.seq - 1, in: address)
      hub.publish([start.event])
    } else {
      hub.willBegin(after: added.headSeq, in: address)
    }
  }

  /// Messages that a run had not read became runs of their own. Called in commit order.
  func requeued(_ unread: RequeuedMessages) {
    transcripts.append(unread.messages, to: unread.session)
    hub.willBegin(after: unread.lastEvent, in: unread.address)
    peers.notify(.work(Array(unread.lanes)))
  }
}
