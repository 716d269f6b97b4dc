import AsyncHTTPClient
import ClawCore
import ClawJSON
import ClawModels
import NIOCore

/// Tests each configured provider with one real call.
struct ProviderProbe: Sendable {
  let configuration: ModelsConfiguration
  var timeout: Duration = .seconds(20)
  var time = TimeSource.system

  /// Tests all providers concurrently, and the clock against the first remote one.
  func look() async -> [DoctorFinding] {
    let providers = configuration.providers.filter { $0.dialect != .demo }
    return await withTaskGroup(of: (Int, DoctorFinding?).self) { group in
      for (index, provider) in providers.enumerated() {
        group.addTask { (index, await self.call(provider)) }
      }
      if let remote = providers.first(where: { $0.baseURL.startsWith("https://") }) {
        group.addTask { (providers.count, await self.clock(against: remote)) }
      }
      var findings: [(Int, DoctorFinding)] = []
      for await (index, finding) in group {
        if let finding { findings.append((index, finding)) }
      }
      return findings.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private func call(_ provider: ProviderConfiguration) async -> DoctorFinding {
    let isStandard = provider.name == configuration.standard.provider
    let model = isStandard ? configuration.standard.model : provider.defaultModel
    let subject = "key"
    guard !model.isEmpty else {
      return .remark(subject, "\(provider.name) was not tried: no model of it is named")
    }
    let check = ModelCheck(configuration, timeout: timeout)
    do {
      let answer = try await check.call(ModelReference(provider: provider.name, model: model))
      return .good(subject, "\(answer.model) answered after \(answer.duration.milliseconds) ms")
    } catch {
      let failure = ModelCheck.failure(error)
      return .bad(subject, failure.status, failure.message, remedy(failure.status, provider, model))
    }
  }

  private func remedy(_ status: CommandStatus, _ provider: ProviderConfiguration, _ model: String) -> String {
    let program = ProcessEnvironment.programName
    switch status {
    case .unauthorized: return "\(program) onboard --provider \(provider.name)   (with a valid key in the environment)"
    case .unavailable: return "try again: \(program) models test \(provider.name)/\(model)"
    default: return "\(program) models list --provider \(provider.name)"
    }
  }

  /// Nil if the provider sends no date.
  private func clock(against provider: ProviderConfiguration) async -> DoctorFinding? {
    var request = HTTPClientRequest(url: provider.baseURL)
    request.method = .HEAD
    guard let response = try? await CommandHTTP.client.execute(request, timeout: .seconds(5)),
      let date = response.headers.first(name: "date").flatMap(HTTPDate.parse)
    else { return nil }
    return Self.clock(now: time.now, theirs: date, of: provider.name)
  }

  static func clock(now: Timestamp, theirs: Timestamp, of name: String) -> DoctorFinding {
    let ahead = now - theirs
    guard max(ahead, .zero - ahead) > Doctor.clockTolerance else { return .good("clock", "agrees with \(name)") }
    let text = "\(DurationText.rounded(max(ahead, .zero - ahead))) \(ahead > .zero ? "ahead of" : "behind") \(name)"
    return .bad("clock", .failure, text, "sudo timedatectl set-ntp true")
  }
}
