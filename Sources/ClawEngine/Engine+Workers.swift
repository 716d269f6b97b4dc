import ClawCore
import ClawStore

/// Background workers beside the runs, each built from its own dependencies.
extension Engine {
  var sweeper: Sweeper {
    Sweeper(
      store: parts.store, configuration: parts.configuration, rateLimitMemory: parts.acceptRules.rateLimit.memory,
      transcripts: parts.transcripts, media: parts.media, removals: parts.removals, time: parts.time,
      logger: parts.logger)
  }

  var removalWorker: RemovalWorker {
    let (parts, configuration) = (parts, parts.configuration)
    return RemovalWorker(
      store: parts.store, interval: configuration.sweepInterval, removals: parts.removals, access: access,
      hub: parts.hub, peers: parts.peers, transcripts: parts.transcripts,
      endRuns: { try RunTermination.abort.endAll(of: $0, in: $1, of: parts, at: $2) }, media: parts.media.folder,
      folders: parts.folders, workspaces: configuration.workspaces, time: parts.time, logger: parts.logger)
  }

  var leaseRenewal: LeaseRenewal {
    LeaseRenewal(
      store: parts.store, registry: parts.registry, leaseDuration: parts.configuration.leaseDuration, time: parts.time,
      logger: parts.logger)
  }

  var storeFileMonitor: StoreFileMonitor {
    StoreFileMonitor(store: parts.store, interval: parts.configuration.pollInterval, logger: parts.logger)
  }
}
