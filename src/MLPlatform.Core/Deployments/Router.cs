using System.Text;

namespace MLPlatform.Core.Deployments;

/// <summary>Which version answers a request, and which score it in the shadow.</summary>
public sealed record ServingRoute(int Version, ServingRole Role, IReadOnlyList<int> Shadows);

/// <summary>
/// Shares requests among versions by their keys: the same key meets the same version for as long as the shares stay, and a
/// share that grows keeps the keys it had.
/// </summary>
public static class Router
{
    public static ServingRoute Decide(string deployment, DeploymentSpec spec, string key)
    {
        if (spec.Candidates.Count == 0)
            return new ServingRoute(spec.Champion, ServingRole.Champion, []);
        ulong hash = Hash(deployment, key);
        double place = Place(hash);
        (int version, ServingRole role) = Answering(spec, place);
        // Another place, so that a shadow sees a fair part of what canary, challengers and champion answer.
        double shade = Place(Mix(hash + 0x9E37_79B9_7F4A_7C15));
        int[] shadows = [.. spec.Candidates.Where(c => c.Role == ServingRole.Shadow && shade < c.Percent).Select(c => c.Version)];
        return new ServingRoute(version, role, shadows);
    }

    private static (int Version, ServingRole Role) Answering(DeploymentSpec spec, double place)
    {
        // The canary grows from one end and challengers from the other, so that neither moves the other's keys.
        if (spec.Canary() is { } canary && place < canary.Percent)
            return (canary.Version, ServingRole.Canary);
        double end = 100;
        foreach (Candidate challenger in spec.Candidates.Where(c => c.Role == ServingRole.Challenger))
        {
            end -= challenger.Percent;
            if (place >= end)
                return (challenger.Version, ServingRole.Challenger);
        }
        return (spec.Champion, ServingRole.Champion);
    }

    /// <summary>Where a hash falls, from 0 up to and without 100.</summary>
    private static double Place(ulong hash) => (hash >> 11) * (100.0 / (1UL << 53));

    private static ulong Hash(string deployment, string key)
    {
        // FNV-1a, then mixed: its highest bits alone are not even enough.
        ulong hash = 0xCBF2_9CE4_8422_2325;
        hash = Add(hash, deployment);
        hash = (hash ^ 0xFF) * 0x100_0000_01B3;
        return Mix(Add(hash, key));
    }

    private static ulong Add(ulong hash, string text)
    {
        Span<byte> buffer = stackalloc byte[256];
        byte[]? large = Encoding.UTF8.GetMaxByteCount(text.Length) > buffer.Length ? Encoding.UTF8.GetBytes(text) : null;
        ReadOnlySpan<byte> bytes = large ?? buffer[..Encoding.UTF8.GetBytes(text, buffer)];
        foreach (byte b in bytes)
            hash = (hash ^ b) * 0x100_0000_01B3;
        return hash;
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
