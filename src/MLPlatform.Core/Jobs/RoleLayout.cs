using System.Globalization;
using System.Text.Json;

namespace MLPlatform.Core.Jobs;

/// <summary>One process of a distributed training.</summary>
/// <param name="Index">Its number within its role, from 0.</param>
/// <param name="Rank">Its number among those that train together; null of parameter servers.</param>
/// <param name="Environment">What it is told about the others.</param>
public sealed record RoleProcess(string Role, int Index, int? Rank, IReadOnlyDictionary<string, string> Environment)
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Role}-{Index}");
}

/// <summary>
/// Tells the processes of a training about each other, as TensorFlow (<c>TF_CONFIG</c>) and PyTorch (<c>MASTER_ADDR</c>,
/// <c>MASTER_PORT</c>, <c>WORLD_SIZE</c>, <c>RANK</c>, <c>LOCAL_RANK</c>) read it. Pure.
/// </summary>
public static class RoleLayout
{
    private const string Chief = "chief";

    // They serve those that train, and are none of them.
    private static readonly string[] Servers = ["ps", "evaluator"];

    /// <summary>How many ports the processes need: one each, and one where they meet.</summary>
    public static int Ports(IReadOnlyDictionary<string, RoleDeclaration> roles) => roles.Values.Sum(r => r.Count) + 1;

    /// <summary>When the role has done its part.</summary>
    public static RoleSuccess SuccessOf(string role, RoleDeclaration declaration) =>
        declaration.Success ?? (role == "ps" ? RoleSuccess.None : RoleSuccess.All);

    /// <param name="roles">By name, in the order that they are declared.</param>
    /// <param name="host">The address that all of them are at: they share a machine.</param>
    /// <param name="ports">As many as <see cref="Ports"/> says; the last is where they meet.</param>
    public static IReadOnlyList<RoleProcess> Of(IReadOnlyDictionary<string, RoleDeclaration> roles, string host, IReadOnlyList<int> ports)
    {
        int next = 0;
        return Of(roles, (_, _) => (host, ports[next++]), (host, ports[^1]), together: true);
    }

    /// <summary>The same for processes that each have an address of their own.</summary>
    /// <param name="address">Where a role's process of that index is.</param>
    /// <param name="meet">Where those that train meet: at rank 0.</param>
    public static IReadOnlyList<RoleProcess> Of(
        IReadOnlyDictionary<string, RoleDeclaration> roles, Func<string, int, (string Host, int Port)> address, (string Host, int Port) meet) => Of(roles, address, meet, together: false);

    /// <summary>The roles with the chief first, for rank 0 is where the others meet.</summary>
    public static IEnumerable<KeyValuePair<string, RoleDeclaration>> Ordered(IReadOnlyDictionary<string, RoleDeclaration> roles) => roles.OrderBy(r => r.Key == Chief ? 0 : 1);

    /// <summary>The role whose first process has rank 0.</summary>
    public static string First(IReadOnlyDictionary<string, RoleDeclaration> roles) =>
        Ordered(roles).Select(r => r.Key).FirstOrDefault(r => !Servers.Contains(r)) ?? roles.Keys.First();

    private static List<RoleProcess> Of(
        IReadOnlyDictionary<string, RoleDeclaration> roles, Func<string, int, (string Host, int Port)> address, (string Host, int Port) meet, bool together)
    {
        // 1. Who is where.
        List<(string Role, int Index, string Address)> all = [];
        foreach ((string role, RoleDeclaration declaration) in Ordered(roles))
        {
            for (int i = 0; i < declaration.Count; i++)
            {
                (string host, int port) = address(role, i);
                all.Add((role, i, string.Create(CultureInfo.InvariantCulture, $"{host}:{port}")));
            }
        }
        Dictionary<string, string[]> cluster = all.GroupBy(p => p.Role).ToDictionary(g => g.Key, g => g.Select(p => p.Address).ToArray());
        int world = all.Count(p => !Servers.Contains(p.Role)), next = 0;
        // 2. What each is told.
        List<RoleProcess> processes = [];
        foreach ((string role, int index, _) in all)
        {
            int? rank = Servers.Contains(role) ? null : next++;
            Dictionary<string, string> environment = new(StringComparer.Ordinal)
            {
                ["MLP_ROLE"] = role,
                ["MLP_ROLE_INDEX"] = Text(index),
                ["TF_CONFIG"] = JsonSerializer.Serialize(new { cluster, task = new { type = role, index } }),
                ["MASTER_ADDR"] = meet.Host,
                ["MASTER_PORT"] = Text(meet.Port),
                ["WORLD_SIZE"] = Text(world),
            };
            if (rank is { } number)
            {
                environment["RANK"] = Text(number);
                environment["LOCAL_RANK"] = Text(together ? number : 0); // Of those on its machine.
                environment["LOCAL_WORLD_SIZE"] = Text(together ? world : 1);
            }
            if (roles[role].Cpu is { } cores)
                environment["OMP_NUM_THREADS"] = Text(Math.Max(1, (int)cores.Value));
            foreach ((string name, string value) in roles[role].Environment)
                environment[name] = value;
            processes.Add(new RoleProcess(role, index, rank, environment));
        }
        return processes;
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
