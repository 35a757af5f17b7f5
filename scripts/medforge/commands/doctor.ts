export interface DoctorOptions {
  data?: string;
  json?: boolean;
}
export async function doctorCommand(_options: DoctorOptions): Promise<number> {
  return 1;
}
