import ClawCore
import Testing

@testable import ClawEngine

@Suite("What is news of pairings")
struct AnnouncedPairingsTests {
  private let start = Timestamp(milliseconds: 1_000)

  private func request(_ device: String) -> PairingRequest {
    PairingRequest(
      device: DeviceID(unchecked: device), code: "ABCD2345", channel: "browser", chat: "", account: "", user: nil,
      remote: "127.0.0.1", requestedBy: nil, createdAt: Timestamp(milliseconds: 2_000),
      expiresAt: Timestamp(milliseconds: 9_000))
  }

  private func notice(_ request: PairingRequest, _ change: PairingNotice.Change) -> PairingNotice {
    StorePairingService.notice(of: request, change, in: .standard)
  }

  @Test("a request that is told of while the store is asked is not taken for one that is gone")
  func whileLooking() {
    let (news, asked) = (AnnouncedPairings(), request("one"))
    _ = news.differences(of: .standard, pending: [], after: news.changes(of: .standard), start: start)
    let before = news.changes(of: .standard)
    #expect(news.isNew(notice(asked, .requested(asked))))
    #expect(news.differences(of: .standard, pending: [], after: before, start: start) == nil)
    let found = news.differences(of: .standard, pending: [asked], after: news.changes(of: .standard), start: start)
    #expect(found?.new.isEmpty == true && found?.gone.isEmpty == true)
  }

  @Test("what others asked and decided is found once")
  func ofOthers() {
    let (news, asked) = (AnnouncedPairings(), request("one"))
    let look = { (pending: [PairingRequest]) in
      news.differences(of: .standard, pending: pending, after: news.changes(of: .standard), start: self.start)
    }
    #expect(look([asked])?.new == [asked])
    #expect(news.isNew(notice(asked, .requested(asked))) && look([asked])?.new == [])
    #expect(look([])?.gone == [asked])
    #expect(news.isNew(notice(asked, .rejected)) && !news.isNew(notice(asked, .rejected)) && look([])?.gone == [])
  }
}
