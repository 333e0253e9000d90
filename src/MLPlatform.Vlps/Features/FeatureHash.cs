using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace MLPlatform.Vlps.Features;

/// <summary>
/// The 64-bit hashes that name features. They are part of every stored model, so they never change: XXH3 of the bytes,
/// and a fixed mixing step to combine two.
/// </summary>
public static class FeatureHash
{
    /// <summary>Stands for a missing value.</summary>
    public const ulong Missing = 0x6D69_7373_696E_6721;

    /// <summary>Stands for a value that was not in the fitted vocabulary.</summary>
    public const ulong Unknown = 0x756E_6B6E_6F77_6E21;

    /// <summary>Stands for the one weight of a numeric feature.</summary>
    public const ulong Number = 0x6E75_6D62_6572_2121;

    public static ulong Of(ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes);

    public static ulong Of(ReadOnlySpan<char> text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text));

    /// <summary>The seed of a feature's ids, from its name.</summary>
    public static ulong Seed(string featureName) => Of(Encoding.UTF8.GetBytes(featureName));

    /// <summary>Combines two hashes; the order matters.</summary>
    public static ulong Combine(ulong a, ulong b)
    {
        ulong x = (a * 0x9E37_79B9_7F4A_7C15) ^ b;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }
}
