using System.CommandLine;
using Weir.Mqtt;

namespace Weir.Silo.Broker;

/// <summary>Makes the hash of an MQTT user's password, for the configuration.</summary>
internal static class PasswordCommand
{
    public static Command Make()
    {
        var command = new Command("mqtt-password", "Reads a password from standard input and prints its hash for Weir:Mqtt:Security:Users or the password file.");
        command.SetAction(async (_, stop) =>
        {
            using var input = Console.OpenStandardInput();
            using var read = new MemoryStream();
            await input.CopyToAsync(read, stop);
            var password = read.ToArray().AsSpan().TrimEnd("\r\n"u8).ToArray();
            if (password.Length == 0)
            {
                await Console.Error.WriteLineAsync("There is no password on standard input.");
                return 1;
            }
            Console.WriteLine(PasswordHash.Create(password));
            return 0;
        });
        return command;
    }
}
