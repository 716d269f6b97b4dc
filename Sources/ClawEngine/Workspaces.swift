import ClawCore
import Crypto

/// Where agents work: the one place that makes paths of tenants, agents and users.
struct Workspaces: Sendable {
  /// Absolute path of the folder with all of them.
  let root: String

  /// The folder of a tenant's agents. Agents of two tenants may share a name, but never a folder.
  func folder(of tenant: TenantID) -> String {
    tenant == .standard ? root : root + "/@" + FolderName.text(tenant.rawValue)
  }

  /// The folder that is made for an agent which is given no other.
  func agentFolder(of agent: AgentKey, in tenant: TenantID) -> AgentFolder {
    AgentFolder(path: folder(of: tenant) + "/" + agent.rawValue)
  }

  /// The folders of an agent that works for a user.
  func workspace(of agent: Agent, for user: UserID, in tenant: TenantID) -> Workspace {
    Workspace(
      agentFolder: agent.folder,
      userFolder: UserFolder(path: userFolders(of: user, in: tenant) + "/" + agent.key.rawValue))
  }

  /// The folder with all that a tenant's agents keep for one user. A hash of the user's bytes stands for the name: it has
  /// no length, letter or form that a file system could take for another's. No agent can be given a folder whose name
  /// begins with `@`, and no tenant's has a full stop.
  func userFolders(of user: UserID, in tenant: TenantID) -> String {
    let digits = Array("0123456789abcdef")
    let name = SHA256.hash(data: Array(user.rawValue.utf8)).reduce(into: "") { text, byte in
      text += "\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
    return folder(of: tenant) + "/@users.d/" + name
  }
}
