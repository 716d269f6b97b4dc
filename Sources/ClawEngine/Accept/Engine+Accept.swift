import ClawCore
import ClawJSON
import ClawStore

extension Engine {
  public func accept(_ inbound: Inbound, as principal: Principal) async throws -> AcceptedRun {
    let user = try principal.acting(for: inbound.user)
    let address = SessionAddress(tenant: principal.tenant, user: user, key: inbound.session)
    try validate(inbound)
    let model = try await model(named: inbound.options.model, in: principal.tenant)
    guard mayAccept else {
      throw ClawError(.unavailable, "the gateway is shutting down; try again", retryAfter: .seconds(1))
    }
    let inlineMedia = InlineMedia(store: parts.media, user: user, tenant: principal.tenant)
    let (inbound, media) = try await inlineMedia.take(outOf: inbound)
    let now = parts.time.now
    let run = RunID.generate(at: now)
    if let watcher = inbound.watcher { parts.hub.follow(run, in: address, by: watcher, at: now) }
    let control =
      phase == .running ? parts.registry.reserve(run, lane: inbound.lane, limit: limit(of: inbound.lane)) : nil
    let batch = AcceptBatch(
      run: run, address: address, inbound: inbound, actor: RunActor(principal), model: model,
      source: principal.origin.rawValue,
      fingerprint: inbound.idempotencyKey == nil ? "" : Self.fingerprint(of: inbound),
      claim: control == nil ? nil : AcceptBatch.Claim(owner: node, until: now + parts.configuration.leaseDuration),
      eventBase: parts.hub.eventBase.load(ordering: .relaxed), rules: parts.acceptRules, now: now)
    // On a shared store the run may end on another node, without this one knowing.
    if control != nil || parts.store.isExclusive { parts.registry.accepting(run, in: address) }
    let stored: AcceptedMessage
    do {
      stored = try await parts.store.tenant(address.tenant).accept(batch) { [parts] in
        parts.accepted($0, watchedBy: inbound.watcher, at: now)
      }
    } catch {
      forget(run)
      await parts.media.giveBack(media, of: address.tenant)
      throw error
    }
    guard stored.receipt.run == run else {
      // It was accepted before, or was added to the run in progress.
      forget(run)
      if let lane = stored.wokenLane { wake.signal([lane]) }
      if stored.receipt.isRepetition { await parts.media.giveBack(media, of: address.tenant) }
      return stored.receipt
    }
    FaultPoint.accepted.reached()
    if let control, let start = stored.start {
      await dispatch(start.run, control)
    } else {
      if control != nil { parts.registry.remove(run) }
      // A node with a free slot claims it: mostly this one, but another if the lanes here are full.
      parts.peers.notify(.work([inbound.lane]))
      wake.signal([inbound.lane])
    }
    return stored.receipt
  }

  func dispatch(_ start: StartedRun, _ control: RunControl) async {
    parts.registry.began(start.lease, in: start.record.address)
    if starts.add(start, control) { return wake.signal() }
    // The process is shutting down: the next start resumes the run.
    try? await parts.store.node.write { try $0.queue.release(start.lease) }
    parts.registry.remove(start.lease.run)
  }

  func limit(of lane: Lane) -> Int { parts.configuration.lanes[lane] ?? 1 }

  /// Releases the reservation of a run that was not created.
  func forget(_ run: RunID) {
    parts.hub.unfollow(run)
    parts.registry.refused(run)
    let freed = parts.registry.remove(run, limits: parts.configuration.lanes)
    if let lane = freed.lane, freed.wasFull { wake.signal([lane]) }
  }

  private func validate(_ inbound: Inbound) throws(ClawError) {
    guard inbound.session.agentKey == inbound.agent else {
      throw ClawError(field: .session, "belongs to the agent \(inbound.session.agentKey), not to \(inbound.agent)")
    }
    let hasImage = inbound.message.parts.contains { $0.text == nil }
    guard hasImage || !inbound.message.text.isBlank else {
      throw ClawError(field: .message, "must not be empty")
    }
    let limit = parts.configuration.maxMessageBytes
    guard inbound.message.text.utf8.count <= limit else {
      throw ClawError(field: .message, "must be at most \(limit) bytes long")
    }
    let addressLimit = ReplyAddress.maxBytes
    guard inbound.replyTo.map({ $0.value.serialized().count <= addressLimit }) ?? true else {
      throw ClawError(.invalidRequest, "the address of the answer must be at most \(addressLimit) bytes long")
    }
    if let key = inbound.idempotencyKey {
      guard (1...255).contains(key.utf8.count), !key.containsControlCharacters else {
        throw ClawError(field: .idempotencyKey, "must be 1 to 255 bytes long, without control characters")
      }
    }
  }

  /// The name is resolved once, here: later it may mean another model, or none.
  private func model(named name: String?, in tenant: TenantID) async throws -> ModelReference? {
    guard let name else { return nil }
    guard let model = try await parts.models.models(of: tenant).find(name) else {
      throw ClawError(.notFound, "model not found: \(String(name.prefix(100)))")
    }
    return model
  }

  /// Identifies equal requests: everything that the answer depends on. The form of delivery is not part of it.
  private static func fingerprint(of inbound: Inbound) -> String {
    let parts: JSONValue = [
      "agent": .string(inbound.agent.rawValue), "session": .string(inbound.session.rawValue),
      "message": (try? JSONValue(encoding: inbound.message.withoutMediaIDs)) ?? .null,
      "context": (try? JSONValue(encoding: inbound.context.map(\.withoutMediaIDs))) ?? .null,
      "model": inbound.options.model.map { .string($0) } ?? .null,
      "instructions": .string(inbound.options.instructions),
      "sampling": sampling(inbound.options.sampling),
      "thinking": .bool(inbound.options.thinking),
    ]
    return Fingerprint.sha256(of: parts.serialized())
  }

  private static func sampling(_ options: SamplingOptions) -> JSONValue {
    [
      "temperature": options.temperature.map { .number($0) } ?? .null,
      "topP": options.topP.map { .number($0) } ?? .null,
      "maxOutputTokens": options.maxOutputTokens.map { .integer(Int64($0)) } ?? .null,
      "stop": .array(options.stop.map { .string($0) }), "seed": options.seed.map { .integer(Int64($0)) } ?? .null,
      "responseFormat": options.responseFormat ?? .null,
    ]
  }
}
